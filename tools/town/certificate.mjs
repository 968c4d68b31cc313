// A certificate authority for this machine alone, so that a phone on the same network can try the demo over HTTPS.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { run } from './programs.mjs';

/** Writes ca.pem, certificate.pem (the chain) and key.pem for `host`, a name or an IP address. */
export async function makeCertificate(folder, host) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = (name) => join(folder, name);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', [
    ...['req', '-x509', ...curve, '-keyout', at('ca-key.pem'), '-out', at('ca.pem'), '-days', '30'],
    ...['-subj', '/CN=Xom demo, this machine only'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ]);
  await run('openssl', ['req', ...curve, '-keyout', at('key.pem'), '-out', at('request.pem'), '-subj', '/CN=Xom demo']);
  // xom and the checks reach the nodes by the same name as the phone does; the loopback address is for their health.
  const name = isIP(host) ? `IP:${host}` : `DNS:${host}`;
  const extensions = `subjectAltName=${name},IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n`;
  writeFileSync(at('extensions'), extensions);
  await run('openssl', [
    ...['x509', '-req', '-in', at('request.pem'), '-CA', at('ca.pem'), '-CAkey', at('ca-key.pem'), '-days', '30'],
    ...['-set_serial', String(Date.now()), '-extfile', at('extensions'), '-out', at('certificate.pem')],
  ]);
  for (const name of ['request.pem', 'extensions', 'ca-key.pem']) rmSync(at(name));
}
