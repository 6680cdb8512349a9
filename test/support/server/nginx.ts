/** nginx with the shipped file, without TLS, in front of processes of a test. */
import type { TestContext } from 'node:test';
import { startProxy } from './proxies.ts';

/** Resolves to its address. It ends with the test. */
export async function startNginx(t: Pick<TestContext, 'after'>, upstreams: readonly string[]): Promise<string> {
  return (await startProxy(t, 'nginx', upstreams, { tls: false })).url;
}
