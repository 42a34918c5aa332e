import { copyFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  // Makes every string that would be parsed as markup an error, ours included.
  "require-trusted-types-for 'script'",
].join('; ');

/** Puts the policy into the built page only: the dev server injects styles the policy rightly refuses. */
function securityPolicy(): Plugin {
  return {
    name: 'starling-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** The font's licence asks to travel with the font. */
function fontLicence(): Plugin {
  return {
    name: 'starling-font-licence',
    apply: 'build',
    closeBundle: () => copyFileSync('node_modules/@fontsource-variable/inter/LICENSE', 'dist/assets/inter-LICENSE.txt'),
  };
}

export default defineConfig({
  // Relative addresses: the built folder works under any path.
  base: './',
  plugins: [securityPolicy(), fontLicence()],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      '/connection': { target: process.env['STARLING_URL'] ?? 'http://localhost:8000', ws: true },
      '/emulation': { target: process.env['STARLING_URL'] ?? 'http://localhost:8000' },
    },
  },
});
