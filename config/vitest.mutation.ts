import base from '../vitest.config.ts'

// Only the tests of core, and without type tests: mutants need not compile.
export default {
  ...base,
  test: {
    ...base.test,
    include: ['packages/core/src/**/*.test.ts', 'test/attacks.test.ts'],
    typecheck: { enabled: false },
    reporters: ['default'],
  },
}
