/** The Korean of the page. A text between two backticks is code. */

/** By the `data-text` or `data-label` of their places. */
export const texts = {
  skip: '방 목록으로 건너뛰기',
  rooms: '방',
  look: '디자인',
  devices: '장치',
  invite: '초대',
  onThisPage: '이 페이지의 내용',
  elements: '요소',
  looks: '디자인',
  serve: '서버',
  eyebrow: '한옥에서 손님을 맞는 방',
  headline: '어떤 웹 페이지에나 방, 채팅, 영상 통화를 넣을 수 있습니다.',
  lead: '커스텀 요소 네 개와 Node 프로세스 하나입니다. 다음 두 줄로 통화를 넣습니다.',
  onYourPage: '내 페이지에',
  copy: '복사',
  tryIt: '체험하기',
  joinRoom: '방에 참여하기',
  demoRoom: '체험용 방 들어가기',
  openOnPhone: '휴대폰에서 열기',
  chooseDevices: '장치 선택하기',
  about: 'sarangbang 소개',
  backToRooms: '전체 방 목록으로',
  chat: '채팅',
  chooseLook: '통화 화면의 디자인 네 가지',
  hanok: '한옥',
  neon: '네온',
  government: '관공서',
  kids: '어린이',
  devicesTitle: '카메라, 마이크, 스피커',
  inviteTitle: '초대',
  codeLabel: '방 주소의 QR 코드',
  scan: '휴대폰으로 이 코드를 스캔하세요. 링크를 여는 사람은 누구나 이 방에 들어옵니다.',
  unreachable:
    '휴대폰은 https: 페이지에서만 카메라와 마이크를 허용합니다. 다음 명령은 이 페이지에 그런 주소를 만들어 줍니다.',
  copyLink: '링크 복사',
  share: '공유…',
  elementsTitle: '요소 네 개, 따로 또 같이',
  elementsText:
    '`<label>`이 입력란을 찾듯이 요소는 `for`와 `id`로 서로를 찾습니다. 이 페이지에는 요소를 잇는 스크립트가 없습니다.',
  roomListText: '열려 있는 모든 방을 실시간으로 보여 줍니다. 방을 선택하거나 새로 만드세요.',
  chatRoomText: '모두에게 또는 한 사람에게 메시지를 보냅니다. 연결이 끊겨도 사라지지 않고, 두 번 도착하지 않습니다.',
  videoCallText: '목소리와 얼굴, 화면을 브라우저에서 브라우저로 직접 보냅니다. 카메라를 끄면 표시등도 꺼집니다.',
  devicePickerText: '카메라, 마이크, 스피커를 선택합니다. 브라우저가 선택을 기억하고, 통화 중에도 바꿀 수 있습니다.',
  wholeApplication: '애플리케이션 전체',
  serveTitle: '프로세스 하나로 운영',
  serveText:
    'Node 20 이상의 프로세스 하나가 이 페이지와 요소를 제공하고, 브라우저를 서로 연결하고, 채팅을 전달합니다. ' +
    '소리와 영상은 서버를 거치지 않고 브라우저에서 브라우저로 전송됩니다.',
  inAClone: '저장소를 복제한 폴더에서',
  floor: '이 페이지의 모든 것은 이 서버가 제공합니다. 추적기와 CDN을 쓰지 않습니다.',
};

/** Sentences of the scripts. */
export const words = {
  title: 'sarangbang 사랑방: 어떤 웹 페이지에나 넣는 방, 채팅, 영상 통화',
  copied: '복사했습니다.',
  linkCopied: '링크를 복사했습니다. 링크를 여는 사람은 누구나 이 방에 들어옵니다.',
  left: (room) => `${room} 통화에서 나왔습니다.`,
  rejoin: '다시 참여',
  knocks: (count) => `${count}명 입장 요청`,
  hosts: [
    { id: 'host-mina', name: '김미나' },
    { id: 'host-jun', name: '박준' },
  ],
  lines: [
    [0, '어서 오세요! 저희 둘은 이 페이지가 그린 그림이에요.'],
    [1, '통화는 진짜예요. 영상은 이 브라우저를 벗어나지 않아요.'],
    [0, '통화 아래에서 다른 디자인을 선택해 보세요. 사람을 만나려면 목록에서 방을 선택하세요.'],
  ],
  answers: [
    [1, '반가워요! 카메라를 켜면 여기에 얼굴이 나와요. 다른 사람에게는 보이지 않아요.'],
    [0, '저희는 그림이라 더 말하지 못해요. 방을 만들어 친구에게 링크를 보내 보세요.'],
    [1, '통화 아래의 “네온”을 눌러 보세요. 통화 화면 전체의 디자인이 바뀌어요.'],
  ],
};
