import { defineCommand } from 'citty'
import { configArgument } from './config-file.ts'
import { timingArgument } from './output/timing.ts'
import { threadsArgument } from './process/threads.ts'

export const mutateCommand = defineCommand({
  meta: {
    name: 'mutate',
    description:
      'Find out what your checks would miss: inject one fault at a time into the migrations and the migrator, and ' +
      'show which checks detect it. A mutant that no check kills is a gap in the suite.',
    examples: [
      { call: 'mutate --migration 3', does: 'run the mutants of one migration' },
      {
        call: 'mutate --operator index-dropped --check golden',
        does: 'run one kind of fault against one check',
      },
      {
        call: 'mutate --matrix docs/mutation.md --write',
        does: 'run every mutant, and write the kill matrix to a page',
      },
    ],
  },
  args: {
    operator: { type: 'string', valueHint: 'name', description: 'run the mutants of this operator only' },
    migration: {
      type: 'string',
      valueHint: 'version',
      description: 'run the mutants of this migration only',
    },
    check: { type: 'string', valueHint: 'name', description: 'run this check only' },
    mutant: {
      type: 'string',
      valueHint: 'id',
      description: 'run this mutant only, and show what each check found',
    },
    matrix: {
      type: 'string',
      valueHint: 'file',
      description:
        'if every mutant and check was run, fail unless this Markdown page has the same kill matrix',
    },
    write: { type: 'boolean', description: 'write the kill matrix to the page of --matrix instead' },
    threads: threadsArgument,
    timing: timingArgument,
    config: configArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  // The help must not load what only a run needs, such as fast-check.
  run: async ({ args }) => {
    const { runMutate } = await import('./mutation/run.ts')
    return runMutate(args)
  },
})
