import type { IncomingMessage } from 'node:http';
import { LIMITS } from '../protocol.ts';
import { Refusal } from '../refusal.ts';

/** Throws `message-too-long` beyond `LIMITS.frameBytes`, and `cancelled` if the body breaks off. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > LIMITS.frameBytes)
        throw new Refusal('message-too-long', { message: 'The body of a request has at most 64 kB.' });
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal('cancelled');
  }
  return Buffer.concat(chunks);
}

/** The JSON object in a request's body; `{}` without a body. Throws `payload-invalid`, and as `readBody`. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const body = await readBody(request);
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refusal('payload-invalid', { message: 'The body is not JSON.' });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal('payload-invalid', { message: 'The body must be one JSON object.' });
  return value as Record<string, unknown>;
}
