import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests run against the sources: the condition is what packages' `exports` name their TypeScript entry by.
  ssr: { resolve: { conditions: ['@jobpass/source', 'module', 'node', 'development|production'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'examples/*/src/**/*.test.ts'],
    coverage: { include: ['packages/*/src/**'] },
  },
})
