// Usage: node ws.js PORT. Rooms are sets of sockets; a message is encoded once and sent to each socket that is open.
import { WebSocket, WebSocketServer } from 'ws';

const rooms = new Map();
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]) });

function join(socket, room) {
  let members = rooms.get(room);
  if (!members) rooms.set(room, (members = new Set()));
  members.add(socket);
  socket.on('close', () => {
    members.delete(socket);
    if (members.size === 0) rooms.delete(room);
  });
}

function publish(room, data) {
  const text = JSON.stringify({ type: 'message', room, data });
  for (const socket of rooms.get(room) ?? []) {
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
  }
}

server.on('connection', (socket) => {
  socket.on('error', console.error);
  socket.on('message', (bytes) => {
    const message = JSON.parse(bytes);
    switch (message.type) {
      case 'join':
        join(socket, message.room);
        socket.send(JSON.stringify({ type: 'joined', room: message.room }));
        break;
      case 'publish':
        publish(message.room, message.data);
        break;
      case 'echo':
        socket.send(JSON.stringify({ type: 'echo', data: message.data }));
        break;
    }
  });
});
