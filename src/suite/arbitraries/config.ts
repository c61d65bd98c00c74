import { defineTable, text, utcDateTime } from 'migration-proof/behaviour'
import { dateTimes } from './network.ts'
import { keys, texts } from './values.ts'

/** Settings. */
export const config = defineTable({
  name: 'config',
  since: 2,
  key: ['key'],
  columns: {
    key: text(keys('domain_authority', 'oauth_signing_key', 'admin_dids')).required(),
    value: text(texts).required(),
    updated_at: text(dateTimes).orNow(utcDateTime),
  },
})
