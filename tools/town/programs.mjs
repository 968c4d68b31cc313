// Runs the project's programs: to their end, or in the background until they are stopped.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { openSync, closeSync, readFileSync } from 'node:fs';

/** Runs a program to its end and answers what it printed; throws with all of it when it fails or takes too long. */
export function run(program, args, { env = {}, seconds = 120, signal } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], signal });
    let out = '';
    let all = '';
    child.stdout.on('data', (data) => {
      out += data;
      all += data;
    });
    child.stderr.on('data', (data) => {
      all += data;
    });
    const late = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    child.on('error', (error) => {
      clearTimeout(late);
      reject(error);
    });
    child.on('close', (code, how) => {
      clearTimeout(late);
      if (code === 0) resolve(out);
      else reject(new Error(`${program} ${args.join(' ')}\n${all}${how ? `ended by ${how}` : `exit code ${code}`}`));
    });
  });
}

/** A program in the background, its output in a file. */
export class Background {
  #child;
  /** Nobody called stop(). */
  wanted = true;
  constructor(program, args, logFile) {
    const log = openSync(logFile, 'a');
    this.logFile = logFile;
    // In a group of its own: Ctrl-C at the terminal reaches only the caller, which stops everything in order.
    this.#child = spawn(program, args, { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    /** The exit code or the signal that ended it. */
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve({ code: 127, error }));
      this.#child.on('exit', (code, signal) => resolve({ code, signal }));
    });
    this.running = true;
    void this.ended.then(() => {
      this.running = false;
    });
  }
  /** Sends the signal and waits for the end; SIGKILL after `seconds`. */
  async stop(signal = 'SIGTERM', seconds = 15) {
    this.wanted = false;
    if (!this.running) return;
    this.#child.kill(signal);
    const late = setTimeout(() => this.#child.kill('SIGKILL'), seconds * 1000);
    await this.ended;
    clearTimeout(late);
  }
  get pid() {
    return this.#child.pid;
  }
  /** The last lines that it wrote. */
  tail(lines = 20) {
    return readFileSync(this.logFile, 'utf8').split('\n').slice(-lines).join('\n');
  }
}

/** A loopback port that nobody listens on now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The HTTP status of an address, 0 while nobody answers there. `ca` is the PEM text to trust instead of the system's. */
export function statusOf(url, ca) {
  return new Promise((resolve) => {
    const get = url.startsWith('https:') ? getSecure : getPlain;
    const request = get(url, { ca, timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(0));
  });
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
