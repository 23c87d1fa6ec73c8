import node from '@astrojs/node'
import { defineConfig, passthroughImageService } from 'astro/config'

// The tests build further apps from other folders.
const app = process.env.APP ?? 'src'

export default defineConfig({
  adapter: node({ mode: 'standalone' }),
  cacheDir: `dist/${app}/cache`,
  // Without images, the app does not need `sharp`.
  image: { service: passthroughImageService() },
  // Endpoints are files, made at build time, in the default mode `static`.
  output: 'server',
  outDir: `dist/${app}/app`,
  srcDir: app,
  // In this repository, packages are their sources. Your app does not need this line.
  vite: { ssr: { resolve: { conditions: ['@jobpass/source', 'module', 'node', 'import'] } } },
})
