// Improves pages that already work without it: menus that fold, errors that take the focus, counts of characters left.
const script = document.getElementById("window-script");
const { initAll } = await import(script.dataset.frontend);

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

// A choice that only picks what is shown may send its form at once; the button beside it stays for everyone else.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-send-on-change]");
  if (form && event.target.matches("select")) {
    form.requestSubmit();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) {
    window.print();
  }
});

// Parts of a page that htmx renewed get their behaviour too.
document.addEventListener("htmx:afterSwap", (event) => initAll(event.detail.elt));
