// Socket.IO as its own documentation uses it: one room, every line sent to everybody at once, nothing stored.
const { createServer } = require("node:http");
const { Server } = require("socket.io");

const http = createServer();
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false });

io.on("connection", (socket) => {
  socket.join("room");
  socket.on("chat", (line) => io.to("room").emit("chat", line));
});
http.listen(Number(process.argv[2]), "127.0.0.1", 4096, () => console.log("ready"));
