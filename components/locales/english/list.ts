/** What `<room-list>` says. */
export const listTerms = {
  listRooms: 'Rooms',
  listInput: 'Find or start a room',
  listCreate: 'Start',
  listEnter: 'Join',
  listEmpty: 'No room is open yet.',
  listEmptyHint: 'Give one a name, and others will find it here.',
  listNoMatch: (name: string) => `No room “${name}” yet. Press Start to open it.`,
  listNotFound: (name: string) => `No room matches “${name}”.`,
  listLoading: 'Looking for rooms …',
  listPeople: (count: number) => (count === 1 ? '1 person' : `${count} people`),
  listInCall: (count: number) => `${count} in the call`,
  listLocked: 'locked',
  listMore: (count: number) => `Show ${count} more`,
};
