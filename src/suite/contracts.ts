import type { ContractDeclaration } from 'migration-proof'
import { bridgeContracts } from './contracts/bridge.ts'
import { clientContracts } from './contracts/clients.ts'
import { earlySignInContracts } from './contracts/early-sign-in.ts'
import { jetstreamContracts } from './contracts/jetstream.ts'
import { recordContracts } from './contracts/records.ts'
import { settingContracts } from './contracts/settings.ts'
import { tokenContracts } from './contracts/tokens.ts'

/**
 * Every statement that the server runs, with the index that must serve it. Those of the servers up to v5
 * end where the server stopped to run them; the ones of a version are found by `existsIn`.
 */
export const contracts: readonly ContractDeclaration[] = [
  ...recordContracts,
  ...settingContracts,
  ...jetstreamContracts,
  ...earlySignInContracts,
  ...clientContracts,
  ...tokenContracts,
  ...bridgeContracts,
]
