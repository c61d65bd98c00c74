import { defineCommand } from 'citty'
import { configArgument } from './config-file.ts'

export const reportCommand = defineCommand({
  meta: {
    name: 'report',
    description:
      'Show all that is known of the upgrades on one page, or as data. It runs every proof, or reads results ' +
      'that were written before. What was not run is named as such.',
    examples: [
      { call: 'report', does: 'run every proof and write the page report.html' },
      { call: 'report --format json --output results.json', does: 'write the results as data' },
      {
        call: 'report --results results.json --format markdown',
        does: 'show earlier results as Markdown, and run nothing',
      },
    ],
  },
  args: {
    results: {
      type: 'string',
      valueHint: 'file',
      description: 'show these results, which `--format json` wrote, and run nothing',
    },
    parts: {
      type: 'string',
      valueHint: 'names',
      description: 'run these parts only, such as upgrades,history; all by default',
    },
    format: {
      type: 'string',
      valueHint: 'name',
      description: 'html (the default), json, sarif, junit or markdown',
    },
    output: {
      type: 'string',
      valueHint: 'file',
      description: 'where to write it: report.html for a page, the standard output for all else',
    },
    config: configArgument,
    json: { type: 'boolean', description: 'the same as --format json' },
  },
  // The help must not need what only a run needs, such as the libraries that draw the page.
  run: async ({ args }) => (await import('./report/run.ts')).runReport(args),
})
