// Draws the charts of a page from the tables beside them: what is drawn and what is read cannot differ.
// Canvas and plain-text tooltips, because the content policy allows no style inside a page.
const colours = ["#0d5c63", "#c0762b", "#5b3f7d", "#a8322a", "#3d7a4e", "#46534f"];
const narrow = 600; // pixels of canvas below which names break and the legend stands in lines
const line = 24; // pixels of a line of the legend

function numberOf(cell) {
  const text = cell.dataset.value ?? cell.textContent.replaceAll(",", "").trim();
  return text === "" || Number.isNaN(Number(text)) ? null : Number(text);
}

function draw(figure) {
  const table = document.getElementById(figure.dataset.table);
  const canvas = figure.querySelector(".tg-chart__canvas");
  const heads = [...table.tHead.rows[0].cells];
  const columns = heads.flatMap((cell, place) => (place === 0 || cell.dataset.drawn === "no" ? [] : [place]));
  const rows = [...table.tBodies[0].rows];
  const names = rows.map((row) => row.cells[0].textContent.trim());
  const lies = figure.dataset.kind === "bar-lying";
  const hasLegend = columns.length > 1;
  canvas.hidden = false;
  const chart = echarts.init(canvas, null, { renderer: "canvas" });

  // What depends on the room there is.
  function lay() {
    const isNarrow = canvas.clientWidth < narrow;
    const legend = hasLegend ? line * (isNarrow ? columns.length : 1) + 12 : 0;
    if (lies) {
      canvas.style.height = `${Math.max(180, rows.length * 26 * Math.max(1, columns.length)) + legend + 56}px`;
    }
    const label = { fontSize: isNarrow ? 13 : 14, color: "#16211f" };
    const fits = isNarrow ? { width: Math.round(canvas.clientWidth / 3), overflow: "break" } : {};
    const category = { type: "category", data: names, inverse: lies, axisLabel: lies ? { ...label, ...fits } : { ...label, hideOverlap: true } };
    const value = {
      type: "value",
      name: figure.dataset.unit,
      nameLocation: lies ? "middle" : "end",
      nameGap: lies ? 26 : 15,
      splitNumber: isNarrow ? 3 : 5,
      axisLabel: { ...label, color: "#46534f", hideOverlap: true },
    };
    return {
      legend: hasLegend
        ? { bottom: 0, left: isNarrow ? 0 : "center", orient: isNarrow ? "vertical" : "horizontal", textStyle: { fontSize: label.fontSize } }
        : undefined,
      grid: { left: 8, right: 24, top: lies ? 8 : 40, bottom: legend + (lies ? 26 : 12), containLabel: true },
      xAxis: lies ? value : category,
      yAxis: lies ? category : value,
    };
  }

  chart.setOption({
    animation: false,
    color: colours,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    aria: { enabled: false }, // the table beside it is the description
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
    ...lay(),
    series: columns.map((place) => ({
      name: heads[place].textContent.trim(),
      type: figure.dataset.kind === "line" ? "line" : "bar",
      stack: "stack" in figure.dataset ? "all" : undefined,
      barMaxWidth: 44,
      data: rows.map((row) => numberOf(row.cells[place])),
    })),
  });
  let width = canvas.clientWidth;
  chart.resize();
  new ResizeObserver(() => {
    if (canvas.clientWidth !== width) {
      width = canvas.clientWidth;
      chart.setOption(lay());
      chart.resize();
    }
  }).observe(canvas);
}

document.querySelectorAll(".tg-chart").forEach(draw);
