import { defineConfig, type Plugin } from 'vitest/config'
import { endRestingThread, lastingThread } from './lasting-thread.ts'

/** The folder of `src` whose mutants are judged, by the tests of the same name. */
const folder = process.env.MUTATED_FOLDER ?? '*'

/** Stryker asks for threads by name, so the pool is put in afterwards. */
const useLastingThread: Plugin = {
  name: 'use-lasting-thread',
  configureVitest: ({ vitest, project }) => {
    Object.assign(project.config, { pool: lastingThread.name, poolRunner: lastingThread, isolate: false })
    vitest.onClose(endRestingThread)
  },
}

/**
 * What a thread keeps between mutants must not come from a mutant: the WeakMaps of the harness, in which it
 * remembers answers, are emptied before each file of tests.
 */
const forgetAnswers: Plugin = {
  name: 'forget-answers',
  transform: (code, id) =>
    id.includes('/packages/migration-proof/src/')
      ? code.replaceAll('new WeakMap', 'new globalThis.ForgetfulWeakMap')
      : undefined,
}

export default defineConfig({
  plugins: [useLastingThread, forgetAnswers],
  test: {
    include: [`packages/migration-proof/tests/${folder}/**/*.test.ts`],
    // Rows are a folder of their own. Tests of generated tables are slow, and see another thing in each run.
    exclude: [
      ...(folder === 'checks' ? ['packages/migration-proof/tests/checks/rows/**'] : []),
      'packages/migration-proof/tests/schema/{any-table,oracles}.test.ts',
    ],
    setupFiles: [new URL('forgetful-weak-map.ts', import.meta.url).pathname],
    testTimeout: 20_000,
  },
})
