// A place to drop a photo, or to choose one; the file goes to the kernel's memory and no further.
export default { render({ model, el }) {
  const zone = document.createElement("label");
  zone.className = "affetto-drop";
  zone.innerHTML = `<input type="file" accept="image/jpeg,image/png,image/webp">
    <span><b>Drop a photo here</b>, or click to choose one.
    <span class="soft">JPEG, PNG or WebP; it stays in memory.</span></span>`;
  const input = zone.querySelector("input");
  const nothing = new ArrayBuffer(0); // a folder, or a picture of another page: told as no photo
  const take = async (file) => {
    const refused = file?.size > model.get("limit");
    const photo = refused ? [] : [(await file?.arrayBuffer().catch(() => nothing)) ?? nothing];
    model.send({ refused }, undefined, photo);
  };
  input.addEventListener("change", () => {
    if (input.files[0]) take(input.files[0]);
    input.value = "";
  });
  // Beside the zone a browser would leave the page for the photo.
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => event.preventDefault());
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault(); zone.classList.remove("over"); take(event.dataTransfer.files[0]);
  });
  el.appendChild(zone);
} };
