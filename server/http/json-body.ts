import type { IncomingMessage } from 'node:http';
import { LIMITS } from '../protocol.ts';
import { Refusal } from '../refusal.ts';

/** The JSON object in a request's body, `{}` where there is none. Throws `payload-invalid`, `message-too-long` beyond what one frame on the wire may hold. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LIMITS.frameBytes) throw new Refusal('message-too-long');
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refusal('payload-invalid', { message: 'The body is no JSON.' });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refusal('payload-invalid', { message: 'The body holds one JSON object.' });
  return value as Record<string, unknown>;
}
