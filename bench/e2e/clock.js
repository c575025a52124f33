// A camera whose picture is the time: 48 black or white squares, the bits of Date.now(), highest first.
// The squares are large, so that they survive every encoder; the grey band below them always moves.
const COLUMNS = 12;
const ROWS = 4;
const BITS = COLUMNS * ROWS;

window.clockCamera = () => {
  const canvas = document.createElement("canvas");
  canvas.width = 1280;
  canvas.height = 720;
  const pen = canvas.getContext("2d");
  const side = canvas.width / COLUMNS;
  const draw = () => {
    const now = BigInt(Date.now());
    for (let bit = 0; bit < BITS; bit++) {
      pen.fillStyle = (now >> BigInt(BITS - 1 - bit)) & 1n ? "#fff" : "#000";
      pen.fillRect((bit % COLUMNS) * side, Math.floor(bit / COLUMNS) * side, side, side);
    }
    pen.fillStyle = `hsl(${Number(now / 20n) % 360} 50% 50%)`;
    pen.fillRect(0, ROWS * side, canvas.width, canvas.height);
  };
  draw();
  setInterval(draw, 33);
  return canvas.captureStream(30).getVideoTracks()[0];
};

// The time that a video shows, in milliseconds; null before its first picture.
window.clockOf = (video) => {
  if (video.videoWidth === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = COLUMNS * 4;
  canvas.height = Math.round((canvas.width * 9) / 16);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(video, 0, 0, canvas.width, canvas.height);
  let time = 0n;
  for (let bit = 0; bit < BITS; bit++) {
    const [red] = pen.getImageData((bit % COLUMNS) * 4 + 1, Math.floor(bit / COLUMNS) * 4 + 1, 1, 1).data;
    time = (time << 1n) | (red > 127 ? 1n : 0n);
  }
  return Number(time);
};

const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
if (open) {
  navigator.mediaDevices.getUserMedia = async (asked) => {
    const stream = await open(asked);
    for (const track of stream.getVideoTracks()) {
      track.stop();
      stream.removeTrack(track);
      stream.addTrack(window.clockCamera());
    }
    return stream;
  };
}
