/** nginx with the shipped configuration, but without TLS, in front of server processes of a test. */
import type { TestContext } from 'node:test';
import { startProxy } from './proxies.ts';

/** Starts nginx and resolves to its address. nginx ends with the test. */
export async function startNginx(t: Pick<TestContext, 'after'>, upstreams: readonly string[]): Promise<string> {
  return (await startProxy(t, 'nginx', upstreams, { tls: false })).url;
}
