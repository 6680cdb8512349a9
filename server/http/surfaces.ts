/**
 * Which address answers what. By default one address answers everything. With `ADMIN_LISTEN`, a second address answers
 * the calls of operators and administrators, and the first one does not.
 *
 * Owns that split. Does not listen, and does not own the answers.
 */
import type { IncomingMessage } from 'node:http';
import Koa from 'koa';
import type { Forwarded } from '../traffic/addresses.ts';
import type { ApiRoute } from './api-route.ts';
import { createAllowance } from './allowance.ts';
import type { AllowanceParts } from './allowance.ts';
import { createApi } from './api.ts';
import type { ApiParts } from './api.ts';
import { createAddressCheck, isClientFault } from './client-faults.ts';
import { createCounting } from './counting.ts';
import { createSecurityHeaders } from './security.ts';
import { createStatus } from './status.ts';

export interface SurfacesParts extends Omit<ApiParts, 'routes'>, AllowanceParts {
  routes: readonly ApiRoute[];
  /** Whether administrators have an address of their own. */
  separate: boolean;
  isReady: () => Promise<boolean>;
  forwardingOf: (request: IncomingMessage) => Forwarded;
}

export interface Surfaces {
  /** The caller adds the middleware that serves files. */
  web: Koa;
  /** Null if administrators have no address of their own. */
  adminWeb: Koa | null;
}

export function createSurfaces({ separate, isReady, forwardingOf, ...parts }: SurfacesParts): Surfaces {
  const { metrics, log, routes } = parts;
  const createWeb = (isForAdmins: boolean): Koa => {
    const web = new Koa();
    web.on('error', (error: unknown) => {
      if (!isClientFault(error)) log.error({ err: error }, 'answering an HTTP request failed');
    });
    web.use(createCounting(metrics));
    web.use(createSecurityHeaders());
    web.use(createAddressCheck());
    web.use(createAllowance(parts));
    web.use(createStatus(isForAdmins ? metrics : null, isReady, forwardingOf));
    web.use(createApi({ ...parts, routes: isForAdmins ? routes : null }));
    return web;
  };
  return { web: createWeb(!separate), adminWeb: separate ? createWeb(true) : null };
}
