#!/usr/bin/env node
// The stand-in for wsl.exe across the border of Wine: `--serve` (on Linux) waits on a port of the loopback and runs fake-wsl.mjs for
// each caller; without it (Windows' Node) it is the caller, handing over its arguments, WSL_UTF8, WSLENV and what that names, then
// the streams. Frames: one letter, four bytes of length, the bytes. A caller that is killed ends the stand-in, which leaves what runs
// inside alive with its standard input closed. A caller may bring settings of its own for the stand-in (FAKE_WSL).
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

const frame = (type, bytes = Buffer.alloc(0)) => {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};

/** Calls `take(type, bytes)` for each whole frame. */
function frames(socket, take) {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const length = rest.readUInt32BE(1);
      const bytes = rest.subarray(5, 5 + length);
      const type = String.fromCharCode(rest[0]);
      rest = rest.subarray(5 + length);
      take(type, bytes);
    }
  });
}

if (process.argv[2] === '--serve') serve();
else call();

function serve() {
  const children = new Set();
  process.once('SIGTERM', () => {
    for (const child of children) child.kill('SIGKILL');
    process.exit();
  });
  const server = createServer((socket) => {
    let child;
    socket.on('error', () => undefined);
    socket.on('close', () => child?.kill('SIGKILL'));
    frames(socket, (type, bytes) => {
      if (type === 'I') child?.stdin.write(bytes);
      else if (type === 'Z') child?.stdin.end();
      else if (type === 'S') {
        const { args, env } = JSON.parse(bytes.toString());
        child = spawn(process.execPath, [join(import.meta.dirname, 'fake-wsl.mjs'), ...args], {
          env: { PATH: process.env.PATH, FAKE_WSL: process.env.FAKE_WSL, ...env, FAKE_WSL_RELAYED: '1' },
        });
        children.add(child);
        child.stdin.on('error', () => undefined);
        for (const [letter, stream] of [
          ['O', child.stdout],
          ['E', child.stderr],
        ])
          stream.on('data', (data) => socket.write(frame(letter, data)));
        child.on('exit', () => children.delete(child));
        child.on('close', (code) => socket.end(frame('X', Buffer.from(String(code ?? -1)))));
      }
    });
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}

function call() {
  const names = (process.env.WSLENV ?? '').split(':').map((entry) => entry.split('/')[0]);
  const env = Object.fromEntries(
    ['WSL_UTF8', 'WSLENV', 'FAKE_WSL', ...names]
      .filter((name) => process.env[name] !== undefined)
      .map((name) => [name, process.env[name]]),
  );
  const socket = connect(Number(process.env.FAKE_WSL_PORT), '127.0.0.1');
  socket.on('error', () => process.exit(255));
  socket.write(frame('S', Buffer.from(JSON.stringify({ args: process.argv.slice(2), env }))));
  process.stdin.on('data', (data) => socket.write(frame('I', data)));
  process.stdin.on('end', () => socket.write(frame('Z')));
  frames(socket, (type, bytes) => {
    if (type === 'O') process.stdout.write(bytes);
    else if (type === 'E') process.stderr.write(bytes);
    else if (type === 'X') {
      // A client's own failure is -1, which Windows shows as 4294967295; on Linux the stand-in can only end with 255, or by a signal.
      process.exitCode = Number(bytes.toString());
      process.stdin.destroy();
      socket.destroy();
    }
  });
}
