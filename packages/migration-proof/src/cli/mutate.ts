import { defineCommand } from 'citty'
import { configArgument } from './config-file.ts'
import { loadWithLibrary } from './load-config.ts'

export const mutateCommand = defineCommand({
  meta: {
    name: 'mutate',
    description:
      'Find out what your checks would miss: inject one fault at a time into the migrations and the migrator, and ' +
      'show which check sees it. A mutant that no check kills is a gap in the suite.',
    examples: [
      { call: 'mutate --migration 3', does: 'try the mutants of one migration' },
      {
        call: 'mutate --operator index-dropped --check golden',
        does: 'try one kind of fault against one check',
      },
      {
        call: 'mutate --matrix docs/mutation.md --write',
        does: 'try every mutant, and write the kill matrix into a page',
      },
    ],
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
