import helmet from 'helmet';
import type { Middleware } from 'koa';

/** Everything from our own origin. Safari does not count `ws:` to `'self'`, so both are named. */
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
  // Lit makes its templates from strings of its own modules, and is the only one that may make anything from strings.
  // A second Lit on the page makes its policy under the same name, which throws unless duplicates are allowed.
  trustedTypes: ['lit-html', "'allow-duplicates'"],
};

/** What our own pages may use, and hand on to no frame of another origin. */
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

/** What a browser shows as a page, or runs the scripts of. */
const DOCUMENT = /^(?:text\/html|(?:image|application)\/(?:[\w.-]+\+)?xml|text\/xml)$/;

/**
 * Security headers: all of them on documents, on everything else the two that say something about it: its type is
 * not to be guessed, and other origins may not load it. What is for other origins loosens its own.
 */
export function createSecurityHeaders(): Middleware {
  const setHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    // Whether a host is to be HTTPS for ever is for whoever runs the proxy before it to say.
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
