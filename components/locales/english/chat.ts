/** Up to three names, or the first two and the number of the others. */
function listOf(names: readonly string[]): string {
  const [first, second, third] = names;
  if (third === undefined) return names.join(' and ');
  return names.length === 3 ? `${first}, ${second} and ${third}` : `${first}, ${second} and ${names.length - 2} others`;
}

/** The texts of `<chat-room>`. */
export const chatTerms = {
  chatRegion: (room: string) => (room ? `Chat: ${room}` : 'Chat'),
  chatLog: 'Messages',
  chatIdle: 'Choose a room to start chatting.',
  chatLeft: 'You left the room.',
  chatWithdrawn: 'You cancelled your request to join.',
  chatEmpty: 'No messages yet.',
  chatEmptyHint: 'Say hello.',
  chatCame: (names: readonly string[]) => `${listOf(names)} joined`,
  chatGone: (names: readonly string[]) => `${listOf(names)} left`,
  chatToYou: 'Private, to you',
  chatToName: (name: string) => `Private, to ${name}`,
  chatPending: 'Sending…',
  chatFailed: (reason: string) => `Not sent: ${reason}`,
  chatToEveryone: 'Send to everyone',
  chatSomebody: 'a person who left',
  chatYou: 'you',
  chatSelf: 'You',
  chatInCall: 'in the call',
  chatModerator: 'moderator',
  chatPeople: (count: number) => (count === 1 ? 'Just you' : `${count} people here`),
  chatWriteTo: (name: string) => `Message ${name} privately`,
  chatTo: 'To',
  chatEveryone: 'Everyone',
  chatInput: 'Message',
  chatSend: 'Send',
  chatModeratorsOnly: 'Only moderators can write in this room now.',
  chatNoFiles: 'Files can’t be sent here. Upload the file elsewhere and send a link.',
  chatYouAre: 'You are',
  chatName: 'Your name',
  chatChangeName: 'Change your name',
  chatSave: 'Save',
  chatCancel: 'Cancel',
  chatLeftOver: (count: number) => `${count} characters left`,
  chatTooMany: (count: number) => `${count} characters over the limit`,
  chatTyping: (names: readonly string[]) => {
    if (names.length > 2) return 'Several people are typing…';
    return `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} typing…`;
  },
  chatActions: 'Message actions',
  chatEdit: 'Edit',
  chatEditHint: 'Enter to save, Esc to cancel',
  chatEdited: '(edited)',
  chatDelete: 'Delete',
  chatDeleteAsk: 'Delete this message for everyone?',
  chatDeleteAskOf: (name: string) => `Delete ${name}’s message for everyone?`,
  chatOlder: 'Show older messages',
  chatOlderLoading: 'Loading older messages…',
  chatMore: 'Show more',
  chatLess: 'Show less',
  chatAnnounce: 'Everyone, as an announcement',
  chatNewest: 'Jump to latest',
  chatUnread: (count: number) => (count === 1 ? '1 new message' : `${count} new messages`),
};
