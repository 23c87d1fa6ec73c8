import { defineConfig } from 'vitest/config'

// Tests of the built site in Chromium: `npm run test:site` builds it first.
export default defineConfig({
  ssr: { resolve: { conditions: ['@jobpass/source', 'node', 'development|production'] } },
  test: { include: ['site/test/*.test.ts'], testTimeout: 120_000, hookTimeout: 60_000 },
})
