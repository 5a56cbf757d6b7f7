int ctoml_room;
