// A place to drop a photo, or to choose one; the file goes to the kernel's memory and no further.
export default { render({ model, el }) {
  const zone = document.createElement("label");
  zone.className = "affetto-drop";
  zone.innerHTML = `<input type="file" accept="image/jpeg,image/png,image/webp">
    <span><b>Drop a photo here</b>, or click to choose one.
    <span class="soft">JPEG, PNG or WebP; it is not kept.</span></span>`;
  const input = zone.querySelector("input");
  const take = async (file) => {
    if (!file) return;
    const refused = file.size > model.get("limit");
    model.send({ refused }, undefined, refused ? [] : [await file.arrayBuffer()]);
  };
  input.addEventListener("change", () => { take(input.files[0]); input.value = ""; });
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault(); zone.classList.remove("over"); take(event.dataTransfer.files[0]);
  });
  el.appendChild(zone);
} };
