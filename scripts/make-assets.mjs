// Builds what pages load into src/tongguan/window/look/static/look/. Called by `make assets`, needs node and npm.
// A folder as argument is built into instead.
// The built files are committed: whoever runs the window needs neither. Built again, they come out the same.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const look = join(root, "src/tongguan/window/look");
const built = process.argv[2] ?? join(look, "static/look/built");

const version = (name) => JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")).version;
const withoutMap = (text) => text.replace(/\n?\/[/*]# sourceMappingURL=[^\n]*\s*$/, "\n");

rmSync(built, { recursive: true, force: true });
mkdirSync(built, { recursive: true });

const css = sass.compile(join(look, "style/window.scss"), {
  style: "compressed",
  loadPaths: [modules],
  quietDeps: true,
  charset: false, // its mark would stand behind our first line, where it spoils the first rule
}).css;
writeFileSync(
  join(built, "window.css"),
  `/*! Built by make assets from style/window.scss and govuk-frontend ${version("govuk-frontend")} (MIT; see LICENCES.txt). */\n${css}\n`,
);

for (const [from, to] of [
  ["govuk-frontend/dist/govuk/govuk-frontend.min.js", "govuk-frontend.min.js"],
  ["echarts/dist/echarts.common.min.js", "echarts.common.min.js"],
]) {
  const name = from.split("/")[0];
  const text = withoutMap(readFileSync(join(modules, from), "utf8"));
  writeFileSync(join(built, to), text.startsWith("\n/*") || text.startsWith("/*") ? text.trimStart() : `/*! ${name} ${version(name)} */\n${text}`);
}

for (const file of ["LICENSE", "NOTICE", "licenses/LICENSE-d3"]) {
  mkdirSync(join(built, "echarts"), { recursive: true });
  copyFileSync(join(modules, "echarts", file), join(built, "echarts", `${file.split("/").pop()}.txt`));
}
console.log(`Built with govuk-frontend ${version("govuk-frontend")}, echarts ${version("echarts")}, sass ${version("sass")}.`);
