/** A certificate authority for one test, made by openssl as an operator makes one. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  /** Paths of files. */
  cert: string;
  key: string;
  /** One file with both. */
  bundle: string;
}

export interface Authority {
  /** The file of the authority's certificate, and the text of that file. */
  file: string;
  pem: string;
  issue(name: string, file?: string): Certificate;
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority whose files stand in `directory`. The test removes that directory. */
export function createAuthority(directory: string): Authority {
  const at = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const [file, caKey] = [at('ca.pem'), at('ca.key')];
  openssl('req', '-x509', ...KEY, '-keyout', caKey, '-out', file, '-days', '2', '-subj', '/CN=CA of a test');
  return {
    file,
    pem: readFileSync(file, 'utf8'),
    issue(name, base = name) {
      const of = (ending: string) => at(`${base}.${ending}`);
      const [cert, key, request, names, bundle] = [of('pem'), of('key'), of('csr'), of('names'), of('bundle')];
      writeFileSync(names, `subjectAltName=DNS:${name},IP:127.0.0.1`);
      openssl('req', ...KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
      const signing = ['-CA', file, '-CAkey', caKey, '-CAcreateserial', '-days', '2', '-extfile', names];
      openssl('x509', '-req', '-in', request, ...signing, '-out', cert);
      writeFileSync(bundle, readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'), { mode: 0o600 });
      return { cert, key, bundle };
    },
  };
}
