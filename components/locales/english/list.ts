/** The texts of `<room-list>`. */
export const listTerms = {
  listRooms: 'Rooms',
  listInput: 'Find or start a room',
  listCreate: 'Start',
  listEnter: 'Join',
  listEmpty: 'No rooms yet.',
  listEmptyHint: 'Name one and others will see it here.',
  listNoMatch: (name: string) => `No room “${name}” yet. Press Start to open it.`,
  listNotFound: (name: string) => `No room matches “${name}”.`,
  listLoading: 'Loading rooms…',
  listPeople: (count: number) => (count === 1 ? '1 person' : `${count} people`),
  listInCall: (count: number) => `${count} in the call`,
  listLocked: 'locked',
  listMore: (count: number) => `Show ${count} more`,
};
