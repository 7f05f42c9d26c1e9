// Unpacks Plotly and the page's figures, and draws each figure when it comes into sight; on a phone
// a figure keeps the width that its words need, and is pushed sideways.
const LEAST = 720;
(async () => {
  const unpack = async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };
  const places = document.querySelectorAll("figure.plotly");
  if (!places.length) return;
  const figures = JSON.parse(await unpack(document.getElementById("figures").textContent.trim()));
  const script = document.createElement("script");
  script.textContent = await unpack(window.AFFETTO_PLOTLY);
  document.head.appendChild(script);
  const draw = (place) => {
    const { data, layout } = figures[Number(place.dataset.figure)];
    const narrow = place.clientWidth < LEAST;
    const size = narrow ? { autosize: false, width: LEAST } : { autosize: true, width: undefined };
    // Charts are drawn in a mid-tone that reads on both themes; here the theme is known.
    const color = getComputedStyle(document.documentElement).getPropertyValue("--soft").trim();
    const font = { ...layout.font, color };
    window.Plotly.newPlot(place, data, { ...layout, ...size, font },
      { responsive: !narrow, displayModeBar: false });
    place.dataset.drawn = "yes";
  };
  const watcher = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (isIntersecting) { watcher.unobserve(target); draw(target); }
    }
  }, { rootMargin: "600px" });
  places.forEach((place) => watcher.observe(place));
  addEventListener("beforeprint", () => places.forEach((place) => place.dataset.drawn || draw(place)));
})();
