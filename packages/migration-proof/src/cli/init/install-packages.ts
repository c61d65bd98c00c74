import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { EngineName } from '../../engines/engine-names.ts'
import { MissingLibraryError } from '../../errors.ts'
import { readText } from '../../snapshots/paths.ts'
import { readOwnPackage } from '../program.ts'
import type { PackageManager } from './package-manager.ts'
import { runProgram } from './run-program.ts'

/**
 * What a project has to install, as `name@range`: this package, unless it has one with the entry, and the driver.
 *
 * @param entry that of the tool; null where the config names it already
 * @param engine the one that the application ships: Node brings its own
 */
export function listMissing(project: string, entry: string | null, engine: EngineName): string[] {
  const { version, peerDependencies } = readOwnPackage()
  const own = findPackage(project, 'migration-proof')
  const hasEntry = own !== null && (entry === null || `./${entry}` in own.exports)
  // The other peers are test runners, of which a project has its own.
  const range = peerDependencies[driver] ?? ''
  return [
    ...(hasEntry ? [] : [`migration-proof@^${version}`]),
    ...(engine !== 'node:sqlite' && findPackage(project, driver) === null
      ? [`${driver}@${chooseRange(range)}`]
      : []),
  ]
}

const driver = 'better-sqlite3'

/** Of several ranges, the last ones are of versions that do not run on the oldest Node. */
function chooseRange(range: string): string {
  const [oldest = range, ...newer] = range.split(' || ')
  return process.versions.node.startsWith('20.') ? oldest : (newer.at(-1) ?? oldest)
}

/** The command line of this package as the project has it installed. */
export function findProgram(project: string): string | null {
  const own = findPackage(project, 'migration-proof')
  return own === null ? null : join(own.folder, 'bin', 'migration-proof.cjs')
}

/** Each folder above the project is looked at: what a package does not export cannot be resolved. */
function findPackage(project: string, name: string) {
  const folders = createRequire(join(project, 'package.json')).resolve.paths(name) ?? []
  for (const modules of folders) {
    const file = join(modules, name, 'package.json')
    const text = readText(file)
    if (text === null) continue
    const { exports = {} }: { readonly exports?: object } = JSON.parse(text)
    return { folder: dirname(file), exports }
  }
  return null
}

/**
 * Installs packages for development.
 *
 * @throws {MissingLibraryError} where that fails, such as without a network
 */
export async function installPackages(
  project: string,
  manager: PackageManager,
  packages: readonly string[],
): Promise<void> {
  const command = [...manager.add, ...packages]
  const { exitCode, stdout, stderr } = await runProgram(command, project)
  if (exitCode === 0 && findProgram(project) !== null) return
  const lines = `${stderr}\n${stdout}`.split('\n').map((line) => line.trim())
  // npm begins with the code of the error, and what called what.
  const isReason = (line: string) => /\berr/i.test(line) && !/\b(?:code|errno|syscall) \S+$/.test(line)
  const reason = lines.find(isReason) ?? lines.find((line) => line !== '') ?? `exit code ${exitCode}`
  throw new MissingLibraryError({
    where: `\`${command.join(' ')}\``,
    expected: `${manager.name} to install ${packages.join(' and ')}`,
    actual: exitCode === 0 ? 'that the project does not find them' : `the error '${reason}'`,
    fix: 'correct that, or install them by hand where there is a network, and run this again: nothing else was written',
  })
}
