import { defineCommand } from 'citty'
import { findWeaknesses } from '../findings/find-weaknesses.ts'
import { configArgument } from './config-file.ts'
import { exitCodes } from './exit-codes.ts'
import { loadConfig } from './load-config.ts'
import { renderFindings } from './output/findings.ts'
import { printJson } from './output/json.ts'
import { print } from './output/print.ts'
import { progressOn } from './output/progress.ts'
import { styleFor } from './output/style.ts'

export const lintCommand = defineCommand({
  meta: {
    name: 'lint',
    description:
      'Show the weaknesses of the schema and of the migrations. Each is tried on a private copy with synthetic ' +
      'rows, and what happened is shown. Those that the config waives are shown with their reason; any other ' +
      'is a failure, and so is an unused waiver.',
    examples: [
      { call: 'lint', does: 'show every weakness, with what happened when it was tried' },
      { call: 'lint --json', does: 'print the findings with their evidence, for a script or a build' },
    ],
  },
  args: {
    config: configArgument,
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }) => {
    const suite = await loadConfig(args.config)
    const progress = progressOn(process.stderr)
    const report = findWeaknesses(suite, { onRule: (code) => progress.show(code) })
    progress.clear()
    if (args.json) printJson({ suite: suite.name, ...report })
    else print(renderFindings(report, styleFor(process.stdout)))
    return report.outcome === 'passed' ? exitCodes.proven : exitCodes.notProven
  },
})
