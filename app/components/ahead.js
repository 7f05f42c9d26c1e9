// Fetches and starts, while nobody waits, the parts of Streamlit's own page that music needs.
// PARTS are the names of their files, beside the page's own script.
(() => {
  const page = document.querySelector('script[type="module"][src*="static/js/"]');
  const fetch = () => PARTS.forEach((name) => import(new URL(name, page.src)).catch(() => {}));
  if (page) (window.requestIdleCallback ?? setTimeout)(fetch);
})();
