import helmet from 'helmet';
import type { Middleware } from 'koa';

/**
 * Everything comes from the own origin. `ws:` and `wss:` are named, because Safari's `'self'` does not include them.
 */
const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  mediaSrc: ["'self'", 'blob:', 'mediastream:'],
  connectSrc: ["'self'", 'ws:', 'wss:'],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'self'"],
  requireTrustedTypesFor: ["'script'"],
  // Lit makes templates from strings in its modules, and only Lit may make markup from strings. A second Lit on the
  // page creates a policy of the same name, which throws unless duplicates are allowed.
  trustedTypes: ['lit-html', "'allow-duplicates'"],
};

/** What the own pages may use. Frames of other origins get none of it. */
const PERMISSIONS_POLICY = [
  ...[
    'camera',
    'microphone',
    'display-capture',
    'speaker-selection',
    'autoplay',
    'fullscreen',
    'picture-in-picture',
    'screen-wake-lock',
  ].map((feature) => `${feature}=(self)`),
  ...['geolocation', 'midi', 'usb', 'serial', 'hid', 'payment', 'accelerometer', 'gyroscope', 'magnetometer'].map(
    (feature) => `${feature}=()`,
  ),
].join(', ');

/** Types that a browser shows as a page, or whose scripts it runs. */
const DOCUMENT = /^(?:text\/html|(?:image|application)\/(?:[\w.-]+\+)?xml|text\/xml)$/;

/**
 * Security headers. Documents get all of them. Everything else gets two: browsers must not guess its type, and other
 * origins must not load it. Answers meant for other origins loosen the second one themselves.
 */
export function createSecurityHeaders(): Middleware {
  const setHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    // The operator of the proxy decides whether the host must always be HTTPS.
    strictTransportSecurity: false,
    originAgentCluster: false,
  });
  return async (context, next) => {
    context.set('X-Content-Type-Options', 'nosniff');
    context.set('Cross-Origin-Resource-Policy', 'same-origin');
    await next();
    if (!DOCUMENT.test(context.response.type)) return;
    await new Promise<void>((resolve, reject) =>
      setHeaders(context.req, context.res, (error?: unknown) => (error ? reject(error) : resolve())),
    );
    context.set('Permissions-Policy', PERMISSIONS_POLICY);
  };
}
