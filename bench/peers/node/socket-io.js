// Usage: node socket-io.js PORT. Rooms and acknowledgements as the Socket.IO documentation shows them.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const http = createServer();
const io = new Server(http, { transports: ['websocket'] });

io.on('connection', (socket) => {
  socket.on('join', (room, done) => {
    socket.join(room);
    done();
  });
  socket.on('publish', (room, data) => io.to(room).emit('message', data));
  socket.on('echo', (data, done) => done(data));
});

http.listen(Number(process.argv[2]), '127.0.0.1');
