// Plotly takes a click only where something was pointed at before, and a finger points at nothing
// beforehand: without this the first tap on a mood map does nothing and only the second one counts.
(() => {
  document.addEventListener(
    "touchstart",
    (event) => {
      const plane = event.target.closest?.(".nsewdrag");
      if (!plane || event.touches.length !== 1) return;
      const { clientX, clientY } = event.touches[0];
      plane.dispatchEvent(
        new MouseEvent("mousemove", { clientX, clientY, bubbles: true, view: window })
      );
    },
    { capture: true, passive: true }
  );
})();
