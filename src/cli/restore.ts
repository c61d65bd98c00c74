import { defineCommand } from 'citty'
import { formatCount } from '../harness/report/numbers.ts'
import { restoreFile } from '../harness/upgrade/restore-file.ts'
import { exitCodes } from './exit-codes.ts'
import { printJson } from './output/json.ts'
import { printable } from './output/printable.ts'
import { progressOn } from './output/progress.ts'
import { styleFor } from './output/style.ts'

export const restoreCommand = defineCommand({
  meta: {
    name: 'restore',
    description:
      'Put a backup in the place of a database file, after a check of the backup. Stop the server first. The file ' +
      'that is there is set aside, so that what was written since the backup is not lost.',
  },
  args: {
    file: { type: 'positional', required: true, description: 'the database file' },
    backup: { type: 'positional', required: true, description: 'the backup that upgrade made' },
    json: { type: 'boolean', description: 'print the results as JSON' },
  },
  run: async ({ args }) => {
    const progress = progressOn(process.stderr)
    const tell = (copied: number, total: number) => progress.show(`Copying: ${copied} of ${total} pages`)
    try {
      const report = await restoreFile({ path: args.file, backup: args.backup, madeAt: new Date(), tell })
      progress.clear()
      if (args.json) printJson(report)
      else process.stdout.write(`${renderRestore(report)}\n`)
      return exitCodes.proven
    } finally {
      progress.clear()
    }
  },
})

function renderRestore({
  path,
  backup,
  sizeBytes,
  replaced,
}: Awaited<ReturnType<typeof restoreFile>>): string {
  const style = styleFor(process.stdout)
  const verdict = `${printable(path)} is ${printable(backup)} again, ${formatCount(sizeBytes)} bytes, and sound.`
  const aside = `  What was there is ${printable(replaced ?? '')}: delete it when nobody needs it any more.`
  return [style('green', verdict), ...(replaced === null ? [] : [aside])].join('\n')
}
