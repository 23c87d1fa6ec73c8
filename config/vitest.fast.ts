// `npm run test:fast`: all tests except the slowest twentieth, for quick feedback while editing.

import { mergeConfig } from 'vitest/config'
import config from '../vitest.config.ts'

export default mergeConfig(config, {
  test: {
    exclude: [
      // Property tests, with hundreds of inputs each.
      '**/*.property.test.ts',
      'test/adversarial/{vectors,hostile-keys}.test.ts',
      'packages/policy/src/{whole,round-trip,source,schema}.test.ts',
      // All platforms, each with every rule and payload.
      'test/providers/*.test.ts',
      'test/{misbehaving-issuer,denials/denials}.test.ts',
      // Programs in separate processes, with servers and databases.
      'examples/{publish-service,tenant-issuers,npm-registry,container-registry}/src/*.test.ts',
      'examples/next-deploy-api/src/**/*.test.ts',
      // Builds of whole apps.
      'examples/{sveltekit,astro,react-router}-deploy-api/src/*.test.ts',
      'test/action/*.test.ts',
      'test/publishers/{registry,rivals,changes,texts,flood,kill,page,endpoints}.test.ts',
      'test/exchange/{several-processes,signing-keys,rolling}.test.ts',
      'test/kms/*.test.ts',
      'test/{snippets/*,client/emulators}.test.ts',
      'packages/testing/src/jobs/jobs.test.ts',
      'test/cli/*.test.ts',
      'test/forward-auth/{proxies,reload-under-load}.test.ts',
      'packages/cli/src/dev/lines.test.ts',
      // Every policy of every system with a hundred tokens each.
      'packages/import/src/{aws,azure,registries}.test.ts',
      'packages/import/src/read/*.test.ts',
      'test/{tenant-issuers,options}.test.ts',
      'site/playground/run.test.ts',
      'test/replay/*.test.ts',
      'test/{replaced-promise,readme,real-clients}.test.ts',
      'examples/demo/src/demo.test.ts',
      'test/demo-picture.test.ts',
      // Hours of key rotation, on a simulated clock.
      'packages/core/src/keys/key-life.test.ts',
      'test/exchange/rotation.test.ts',
    ],
    typecheck: { enabled: false },
  },
})
