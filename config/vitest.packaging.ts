import { defineConfig } from 'vitest/config'

// Tests of the tarballs: `npm run test:packaging` builds and packs them first.
export default defineConfig({
  test: { include: ['test/packaging/*.test.ts'], testTimeout: 120_000, hookTimeout: 60_000 },
})
