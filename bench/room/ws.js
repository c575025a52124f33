// A bare loop over sockets, with the same waiting for a fuller frame as Busk's rooms: the least that Node can do.
const { WebSocketServer, WebSocket } = require("ws");

const SMALL_ROOM = 100;
const TICK_MS_PER_SOCKET = 0.05;
const LONGEST_TICK_MS = 250;

const server = new WebSocketServer(
  { port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096, perMessageDeflate: false },
  () => console.log("ready"),
);
let waiting = [];
let timer = null;
let lastFlush = 0;

function flush() {
  timer = null;
  lastFlush = performance.now();
  const frame = `[${waiting.join(",")}]`;
  waiting = [];
  for (const client of server.clients) if (client.readyState === WebSocket.OPEN) client.send(frame);
}

server.on("connection", (socket) => {
  socket.on("message", (line) => {
    waiting.push(line.toString());
    if (timer !== null) return;
    const size = server.clients.size;
    const tick = size <= SMALL_ROOM ? 0 : Math.min(LONGEST_TICK_MS, size * TICK_MS_PER_SOCKET);
    timer = setTimeout(flush, Math.max(0, lastFlush + tick - performance.now()));
  });
});
