// Builds the counter's screens into ui/dist, which the window carries inside.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [svelte()],
  // A counter with Windows 7 stays on WebView2 109 for ever.
  build: { target: ['chrome109', 'safari16'], assetsInlineLimit: 0, outDir: 'dist', emptyOutDir: true },
});
