// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'rolldown'
import { definePlan } from '../../dist/index.js'
import { migrations } from '../../tests/support/forum/migrations/index.js'

/** The history that all is measured with. Files are of version 2, and upgraded to the latest. */
export const plan = definePlan(migrations)

/** Its ledger, golden schemas and snapshots. */
export const fixtures = fileURLToPath(new URL('../../tests/support/forum/fixtures', import.meta.url))

/** The command line as it is installed. */
export const command = fileURLToPath(new URL('../../dist/cli/main.cjs', import.meta.url))

const cache = fileURLToPath(new URL('../.cache/', import.meta.url))
const root = fileURLToPath(new URL('../../../../', import.meta.url))

/**
 * Bundles TypeScript with the little that it uses of the package, as a program does that ships its own config: else
 * compiling it would be measured, too.
 *
 * @param {string} name
 * @param {string} source
 * @param {'esm' | 'cjs'} [format]
 * @returns {Promise<string>} the path of the module
 */
export async function bundleSource(name, source, format = 'esm') {
  mkdirSync(cache, { recursive: true })
  const entry = `${cache}${name}.ts`
  writeFileSync(entry, source)
  const file = `${cache}${name}.${format === 'esm' ? 'mjs' : 'cjs'}`
  await build({
    input: entry,
    platform: 'node',
    tsconfig: `${root}tsconfig.json`,
    // Packages, but for the one that is measured and the helpers that the bundler adds for what Node 20 does not know.
    external: /^(?!@oxc-project\/runtime|migration-proof)[@a-z]/,
    transform: {
      target: 'node20.19',
      // What stands beside the config is found from where it is.
      define: {
        'import.meta.url': JSON.stringify(
          new URL('../../tests/support/forum/index.js', import.meta.url).href,
        ),
      },
    },
    logLevel: 'silent',
    output: { file, format, codeSplitting: false },
  })
  return file
}

/** The config of the forum, as one file of JavaScript. */
export function bundleConfig() {
  return bundleSource(
    'config',
    "export { default } from '../../tests/support/forum/migration-proof.config.js'\n",
  )
}
