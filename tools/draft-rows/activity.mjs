import { encodeJson, recordCidOf, tidOf } from './identifiers.mjs'

/**
 * The log of what arrived from the network: each event becomes a row, and what succeeded reaches the records.
 *
 * @param {ReturnType<typeof import('./world.mjs').createWorld>} world
 * @param {bigint} firstId the ids before it were purged
 */
export function openActivity(world, firstId) {
  let nextId = firstId

  /** @param {import('./world.mjs').Person} author @param {string} operation @param {string} collection @param {string} rkey @param {Record<string, unknown> | null} record @param {string} status @param {string | null} message */
  const log = (author, operation, collection, rkey, record, status, message) => {
    const timeUs = world.microsNow()
    const event = {
      did: author.did,
      time_us: Number(timeUs),
      commit: {
        rev: tidOf(timeUs - 1_700n, 7),
        operation,
        collection,
        rkey,
        record: record === null ? null : encodeJson(record),
        cid: record === null ? null : recordCidOf(record),
      },
    }
    world.insert('jetstream_activity', {
      id: nextId,
      timestamp: world.isoNow(),
      operation,
      collection,
      did: author.did,
      status,
      error_message: message,
      event_json: JSON.stringify(event),
    })
    nextId += 1n
  }

  const recordOf = (collection, content) => {
    const record = { $type: collection, ...content }
    if ('createdAt' in record && record.createdAt === undefined) record.createdAt = world.isoNow()
    return record
  }

  return {
    /** Leaves ids out, as events that were purged one by one. @param {bigint} count */
    skip: (count) => {
      nextId += count
    },
    /** A record that came and was kept; with a key that exists, the update of it. */
    kept: (author, collection, content, { key, operation = 'create' } = {}) => {
      const rkey = key ?? world.nextTid()
      const record = recordOf(collection, content)
      world.pass(1, 40)
      log(author, operation, collection, rkey, record, 'success', null)
      return { ...world.put(author, collection, rkey, record), rkey, author, collection, record }
    },
    /** A record that came again as it was, and changed nothing. */
    repeated: ({ author, collection, rkey, record }) => {
      world.pass(10, 400)
      log(author, 'update', collection, rkey, record, 'success', 'Skipped: duplicate CID')
    },
    /** A record that came and was not kept. `content` null: the event held no record. */
    refused: (author, operation, collection, content, status, message, key) => {
      const rkey = key ?? world.nextTid()
      const record = content && recordOf(collection, content)
      world.pass(1, 40)
      log(author, operation, collection, rkey, record, status, message)
    },
    /** A record that was deleted. */
    deleted: ({ author, collection, rkey, uri }) => {
      world.pass(10, 400)
      log(author, 'delete', collection, rkey, null, 'success', null)
      world.remove(uri)
    },
    /** Purges all from an id on, so that only the watermark remembers them. @param {bigint} fromId @param {string} why */
    purgeFrom: (fromId, why) => world.deletion(why, `DELETE FROM jetstream_activity WHERE id >= ${fromId};`),
    nextId: () => nextId,
  }
}
