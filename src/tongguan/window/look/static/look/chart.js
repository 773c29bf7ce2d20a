// Draws the charts of a page from the tables beside them: what is drawn and what is read cannot differ.
// Canvas and plain-text tooltips, because the content policy allows no style inside a page.
const colours = ["#0d5c63", "#c0762b", "#5b3f7d", "#a8322a", "#3d7a4e", "#46534f"];

function numberOf(cell) {
  const text = cell.dataset.value ?? cell.textContent.replaceAll(",", "").trim();
  return text === "" || Number.isNaN(Number(text)) ? null : Number(text);
}

function draw(figure) {
  const table = document.getElementById(figure.dataset.table);
  const canvas = figure.querySelector(".tg-chart__canvas");
  const heads = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
  const rows = [...table.tBodies[0].rows];
  const names = rows.map((row) => row.cells[0].textContent.trim());
  const lies = figure.dataset.kind === "bar-lying";
  const category = { type: "category", data: names, inverse: lies, axisLabel: { fontSize: 14, color: "#16211f" } };
  const value = { type: "value", name: figure.dataset.unit, axisLabel: { fontSize: 14, color: "#46534f" } };
  canvas.hidden = false;
  if (lies) {
    canvas.style.height = `${Math.max(220, rows.length * 26 * Math.max(1, heads.length) + 110)}px`;
  }
  const chart = echarts.init(canvas, null, { renderer: "canvas" });
  chart.setOption({
    animation: false,
    color: colours,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    aria: { enabled: false }, // the table beside it is the description
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
    legend: heads.length > 1 ? { bottom: 0, textStyle: { fontSize: 14 } } : undefined,
    grid: { left: 8, right: 24, top: 40, bottom: heads.length > 1 ? 44 : 12, containLabel: true },
    xAxis: lies ? value : category,
    yAxis: lies ? category : value,
    series: heads.map((name, index) => ({
      name,
      type: figure.dataset.kind === "line" ? "line" : "bar",
      stack: "stack" in figure.dataset ? "all" : undefined,
      barMaxWidth: 44,
      data: rows.map((row) => numberOf(row.cells[index + 1])),
    })),
  });
  new ResizeObserver(() => chart.resize()).observe(canvas);
}

document.querySelectorAll(".tg-chart").forEach(draw);
