import base from '../vitest.config.ts'

// Only the tests of core, without the type checker: a mutant that does not compile is invalid.
export default {
  ...base,
  test: {
    ...base.test,
    include: ['packages/core/src/**/*.test.ts', 'test/attacks.test.ts'],
    typecheck: { enabled: false },
    reporters: ['default'],
  },
}
