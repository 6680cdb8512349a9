/** What `<room-list>` says. */
export const listTerms = {
  listRooms: 'Rooms',
  listInput: 'Find or open a room',
  listCreate: 'Open',
  listEnter: 'Enter',
  listEmpty: 'No room is open yet.',
  listEmptyHint: 'Give one a name, and others will find it here.',
  listNoMatch: 'No open room has this name.',
  listLoading: 'Looking for rooms …',
  listPeople: (count: number) => (count === 1 ? '1 person' : `${count} people`),
  listInCall: (count: number) => `${count} in the call`,
  listLocked: 'locked',
  listMore: (count: number) => `Show ${count} more`,
};
