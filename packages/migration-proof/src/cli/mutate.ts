import { defineCommand } from 'citty'
import { configArgument } from './config-file.ts'
import { loadWithLibrary } from './load-with-library.ts'

export const mutateCommand = defineCommand({
  meta: {
    name: 'mutate',
    description:
      'Plant one fault at a time in the migrations and the migrator, and show which check of the suite sees ' +
      'it. A mutant that no check kills is a hole in the suite.',
  },
  args: {
    operator: { type: 'string', valueHint: 'name', description: 'try the mutants of this operator only' },
    migration: {
      type: 'string',
      valueHint: 'version',
      description: 'try the mutants of this migration only',
    },
    check: { type: 'string', valueHint: 'name', description: 'run this check only' },
    mutant: {
      type: 'string',
      valueHint: 'id',
      description: 'try this mutant only, and show what each check saw',
    },
    matrix: {
      type: 'string',
      valueHint: 'file',
      description: 'fail where all was tried and this Markdown page shows another kill matrix',
    },
    write: { type: 'boolean', description: 'write the kill matrix into the page of --matrix instead' },
    config: configArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  // The help must not need what only a run needs, such as fast-check.
  run: async ({ args }) => {
    const { runMutate } = await loadWithLibrary('fast-check', 'mutate', () => import('./mutation/run.ts'))
    return runMutate(args)
  },
})
