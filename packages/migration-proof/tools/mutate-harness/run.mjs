// Mutates the harness folder by folder, each judged by its own tests, and fails if a score is below 85 %.
// Usage: npm run mutate:harness -- [FOLDER …]; MUTATED_FILES=packages/migration-proof/src/schema/diff.ts limits the files.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const folders =
  process.argv.length > 2
    ? process.argv.slice(2)
    : ['migrator', 'schema', 'snapshots', 'checks', 'checks/rows']
const stryker = fileURLToPath(
  new URL('../../../../node_modules/@stryker-mutator/core/bin/stryker.js', import.meta.url),
)
const root = fileURLToPath(new URL('../../../..', import.meta.url))
const config = fileURLToPath(new URL('stryker.config.mjs', import.meta.url))

const failed = folders.filter((folder) => {
  console.log(`\nThe mutants of packages/migration-proof/src/${folder}:`)
  const env = { ...process.env, MUTATED_FOLDER: folder }
  return (
    spawnSync(process.execPath, [stryker, 'run', config], { cwd: root, env, stdio: 'inherit' }).status !== 0
  )
})
if (failed.length > 0) {
  console.error(`Stryker failed, or a score is below 85 %, in ${failed.join(', ')}; see reports/mutation/.`)
  process.exitCode = 1
}
