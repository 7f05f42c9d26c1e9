// The browser's camera for live mode: a small picture now and then, the next one only after the
// last was answered.  Nothing but these pictures leaves the page, and they go nowhere but to the
// Affetto that serves it, as the trigger "frame".  What goes wrong is told as "trouble".

const EVERY = 900; // ms between two pictures
const PATIENCE = 8000; // ms after which an answer is taken for lost
const WIDTH = 480; // pixels; faces are found well from 40 on

export default function ({ data, parentElement, setTriggerValue }) {
  const video = parentElement.querySelector("video");
  const camera = (video.camera ??= { sent: 0, at: 0, stream: null, timer: null });
  camera.tell = setTriggerValue;
  camera.answered = data.answered;
  video.setAttribute("aria-label", data.label);
  if (!camera.timer) {
    camera.timer = setInterval(() => tick(video, camera), EVERY);
    start(video, camera);
  }
  return () => stop(video, camera);
}

async function start(video, camera) {
  try {
    if (!navigator.mediaDevices) throw new DOMException("", "SecurityError");
    const wish = { width: { ideal: 640 }, facingMode: "user" };
    camera.stream = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
    if (!camera.timer) return stop(video, camera); // switched off while the browser asked
    camera.stream.getVideoTracks()[0].onended = () => camera.tell("trouble", "NotReadableError");
    video.srcObject = camera.stream;
    await video.play();
  } catch (error) {
    if (camera.timer) camera.tell("trouble", error.name);
  }
}

function tick(video, camera) {
  const now = performance.now();
  const waiting = camera.answered !== camera.sent && now - camera.at < PATIENCE;
  if (waiting || document.hidden || !video.videoWidth || video.paused) return;
  const canvas = (camera.canvas ??= document.createElement("canvas"));
  canvas.width = Math.min(WIDTH, video.videoWidth);
  canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  camera.at = now;
  camera.sent = Math.max(camera.sent, camera.answered) + 1;
  const picture = canvas.toDataURL("image/jpeg", 0.85).split(",")[1];
  camera.tell("frame", { number: camera.sent, jpeg: picture });
}

function stop(video, camera) {
  clearInterval(camera.timer);
  camera.stream?.getTracks().forEach((track) => track.stop());
  camera.timer = camera.stream = video.srcObject = null;
}
