#!/usr/bin/env node
// Stands in for wsl.exe, by its documented contract (docs/wsl.md names the sources). Programs "inside" run on this machine with a
// fresh environment. The variable FAKE_WSL holds JSON:
//   distros   [{ name, state, version, default }]
//   mode      'stub' (the installer's stub), 'old' (no --verbose), 'hang' (never answers), 'gone' (the service died)
//   ignoreUtf8  an early build that does not know WSL_UTF8
//   home      HOME inside;  path: PATH inside;  mountinfo: a file to be read as /proc/self/mountinfo (by the engine too)
//   slowMs    a first start takes so long;  file: a JSON file whose settings win, read at each start (a distribution that goes meanwhile)
//   log       a file that gets one line of JSON (the arguments) for each start
// Like the real one: errors on standard output; a missing --cd folder is silently another one; only PATH and what WSLENV names
// crosses; a killed client leaves the Linux process alive, with its standard input closed.
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeSync } from 'node:fs';

const given = JSON.parse(process.env.FAKE_WSL ?? '{}');
const config = {
  ...given,
  ...(given.file && existsSync(given.file) ? JSON.parse(readFileSync(given.file, 'utf8')) : {}),
};
const distros = config.distros ?? [{ name: 'Ubuntu', state: 'Running', version: 2, default: true }];
const args = process.argv.slice(2);
if (config.log) appendFileSync(config.log, `${JSON.stringify(args)}\n`);

const utf8 = process.env.WSL_UTF8 === '1' && !config.ignoreUtf8;
function say(text, code) {
  writeSync(1, Buffer.from(text.replaceAll('\n', config.ignoreUtf8 ? '\r\r\n' : '\r\n'), utf8 ? 'utf8' : 'utf16le'));
  // -1 is none of Linux' exit codes; the relay to Windows knows it by the signal.
  if (code === 255 && process.env.FAKE_WSL_RELAYED) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}

if (config.mode === 'stub')
  say(
    "The Windows Subsystem for Linux is not installed. You can install by running 'wsl.exe --install'.\nFor more information please visit https://aka.ms/wslinstall\n",
    1,
  );
if (config.mode === 'gone') say('Catastrophic failure\nError code: Wsl/Service/E_UNEXPECTED\n', 255);
if (config.mode === 'hang')
  setTimeout(() => process.exit(255), 600_000); // nobody waits that long, and nothing is left for ever
else if (config.slowMs && args.includes('-e')) setTimeout(main, config.slowMs);
else main();

function main() {
  let distro = distros.find((d) => d.default);
  let folder = '~';
  let program;
  for (let i = 0; i < args.length && program === undefined; i += 1) {
    const arg = args[i];
    if (arg === '--list') list(args.slice(i + 1));
    else if (arg === '--version')
      say(
        'WSL version: 2.4.12.0\nKernel version: 5.15.167.4-1\nWSLg version: 1.0.65\nWindows version: 10.0.26100.3476\n',
        0,
      );
    else if (arg === '-d') {
      const name = args[(i += 1)];
      distro = distros.find((d) => d.name.toLowerCase() === name.toLowerCase());
      if (!distro)
        say('There is no distribution with the supplied name.\nError code: Wsl/Service/WSL_E_DISTRO_NOT_FOUND\n', 255);
    } else if (arg === '--cd') folder = args[(i += 1)];
    else if (arg === '-u') i += 1;
    else if (arg === '-e') program = args.slice(i + 1);
    else
      say(
        `Invalid command line argument: ${arg}\nPlease use 'wsl.exe --help' to get a list of supported arguments.\n`,
        255,
      );
  }
  if (!distro)
    say(
      'Windows Subsystem for Linux has no installed distributions.\nError code: Wsl/WSL_E_DEFAULT_DISTRO_NOT_FOUND\n',
      255,
    );
  run(distro, folder, program);
}

function list(flags) {
  if (distros.length === 0)
    say(
      'Windows Subsystem for Linux has no installed distributions.\nError code: Wsl/WSL_E_DEFAULT_DISTRO_NOT_FOUND\n',
      255,
    );
  const sorted = [...distros].sort((a, b) => Number(b.default) - Number(a.default));
  if (flags.includes('--quiet')) say(sorted.map((d) => `${d.name}\n`).join(''), 0);
  if (config.mode === 'old')
    say('Usage: wsl.exe [Argument]\n  --distribution, -d <Distro>\n  --list, -l [Options]\n', 255);
  const width = Math.max(4, ...sorted.map((d) => d.name.length)) + 4;
  const rows = sorted.map((d) => `${d.default ? '*' : ' '} ${d.name.padEnd(width)}${d.state.padEnd(16)}${d.version}\n`);
  say(`  ${'NAME'.padEnd(width)}${'STATE'.padEnd(16)}VERSION\n${rows.join('')}`, 0);
}

function run(distro, folder, program) {
  const home = config.home ?? '/root';
  const env = {
    PATH: config.path ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    SHELL: '/bin/sh',
    WSL_DISTRO_NAME: distro.name,
    ...(config.mountinfo ? { CODE_ENGINE_MOUNTINFO: config.mountinfo } : {}),
  };
  for (const entry of (process.env.WSLENV ?? '').split(':')) {
    const [name, flags = ''] = entry.split('/');
    if (name && !flags.includes('w') && process.env[name] !== undefined) env[name] = process.env[name];
  }
  const [file, ...rest] = program.map((arg) =>
    config.mountinfo ? arg.replaceAll('/proc/self/mountinfo', config.mountinfo) : arg,
  );
  const cwd = folder !== '~' && existsSync(folder) ? folder : home;
  const child = spawn(file, rest, { cwd, env, detached: true, stdio: 'pipe' });
  process.stdin.pipe(child.stdin);
  child.stdin.on('error', () => undefined);
  child.stdout.pipe(process.stdout);
  child.stderr.pipe(process.stderr);
  child.on('error', () => say('execvpe failed: No such file or directory\n', 127));
  child.on('close', (code, signal) => process.exit(signal ? 128 + 15 : code));
}
