// What must not change while the repository is split into two packages. `node tools/baseline/run.mjs` runs the mutants, the
// crash sweep and the findings of the present code (about five minutes), and compares them with baseline.json; `--write`
// writes that file. Delete it when the new layout is complete.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const file = fileURLToPath(new URL('baseline.json', import.meta.url))

function runCommand(...given) {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'inherit'] }
  return JSON.parse(
    spawnSync(process.execPath, ['packages/migration-proof/dist/cli/main.cjs', ...given], options).stdout,
  )
}

function hashFixtures() {
  const folder = join(root, 'fixtures')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort()
  const hash = (path) => createHash('sha256').update(readFileSync(path)).digest('hex')
  return Object.fromEntries(paths.map((path) => [relative(folder, path), hash(path)]))
}

/** The table of faulty migrators, which a test compares with what is found. */
function readMigrators() {
  const page = readFileSync(join(root, 'packages/migration-proof/docs/power-loss.md'), 'utf8')
  return page.match(/^\| .+ \| (wal|delete) \| .+$/gm) ?? []
}

/** Without waivers, each finding is a result with a fingerprint. */
function reportWithoutWaivers() {
  const folder = mkdtempSync(join(tmpdir(), 'baseline-'))
  const suite = join(folder, 'suite.mjs')
  const urlOf = (path) => JSON.stringify(pathToFileURL(join(root, path)).href)
  writeFileSync(
    suite,
    `import { defineConfig } from ${urlOf('packages/migration-proof/dist/index.js')}
    import { migrations } from ${urlOf('dist/migrations/index.js')}
    export default defineConfig({ name: 'baseline', migrations, fixtures: new URL(${urlOf('fixtures')}) })`,
  )
  try {
    return runCommand('report', '--parts', 'findings', '--format', 'sarif', '--config', suite)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The name by which a waiver accepts a finding. */
function keyOf({ type, name, aspect }) {
  const whole = type === 'contract' ? `'${name}'` : type === 'migration' ? `migration ${name}` : name
  return aspect === undefined ? whole : `${whole}: ${aspect}`
}

function measure() {
  const { mutants } = runCommand('mutate', '--json')
  const { seed, images, bad, hash, points, faults } = runCommand('crash', '--json')
  const { problems } = runCommand('lint', '--json')
  const sarif = reportWithoutWaivers()
  return {
    fixtures: hashFixtures(),
    mutants: Object.fromEntries(mutants.map(({ id, killedBy }) => [id, killedBy])),
    crash: { seed, images, bad, hash, points, faults },
    migrators: readMigrators(),
    findings: problems.map(
      ({ code, subject, status }) => `${code} ${keyOf(subject)} ${status === 'accepted' ? 'waived' : 'open'}`,
    ),
    fingerprints: sarif.runs.flatMap(({ results }) =>
      results.map(({ partialFingerprints }) => Object.values(partialFingerprints).join(' ')),
    ),
  }
}

/** Two columns of the kill matrix were split into several checks: one of these must kill what the column killed. */
const partsOf = {
  paths: ['upgrade', 'fresh', 'stepwise', 'versions', 'own objects'],
  faults: ['rerun', 'interruption', 'newer database', 'starters', 'power loss'],
}

/** More mutants, kills and findings are fine; nothing else may change. */
function compare(expected, actual) {
  const same = ['fixtures', 'crash', 'migrators'].filter(
    (name) => JSON.stringify(expected[name]) !== JSON.stringify(actual[name]),
  )
  const lost = Object.entries(expected.mutants).flatMap(([id, killers]) =>
    killers
      .filter((killer) => !(partsOf[killer] ?? [killer]).some((name) => actual.mutants[id]?.includes(name)))
      .map((killer) => `mutant ${id} lost ${killer}`),
  )
  const gone = ['findings', 'fingerprints'].flatMap((name) =>
    expected[name].filter((entry) => !actual[name].includes(entry)).map((entry) => `${name} lost ${entry}`),
  )
  return [...same.map((name) => `${name} changed`), ...lost, ...gone]
}

const actual = measure()
if (process.argv.includes('--write')) writeFileSync(file, `${JSON.stringify(actual, null, 1)}\n`)
const differences = compare(JSON.parse(readFileSync(file, 'utf8')), actual)
for (const difference of differences) console.log(difference)
console.log(
  `${Object.keys(actual.mutants).length} mutants, ${actual.crash.images} images: ${differences.length} differences`,
)
process.exitCode = differences.length === 0 ? 0 : 1
