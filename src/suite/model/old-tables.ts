import { modelsIn, type TableModel } from 'migration-proof/behaviour'
import { tableModels } from '../arbitraries/index.ts'

/** The tables that hold the version itself: no rows of the user. */
const VERSION_TABLE = 'schema_version'

/** What the files of the time before versions hold. */
const unversioned: Readonly<Record<string, readonly string[]>> = {
  'v0-empty': [],
  'v0-first-release': ['record', 'actor', 'lexicon'],
  'v0-unversioned': ['record', 'actor', 'lexicon', 'oauth_sessions', 'oauth_states'],
}

/** The tables of a snapshot that hold rows of the user. */
export function tablesOfSnapshot({ name, version }: { name: string; version: number }): TableModel[] {
  const tables = unversioned[name]
  const models = modelsIn(Math.max(version, 1), tableModels)
  return models.filter((model) => model.name !== VERSION_TABLE && (tables?.includes(model.name) ?? true))
}
